/**
 * `info/attributes` of our repositories. It outranks every `.gitattributes` in a tree, so that what is stored is
 * what is on disk: no line-ending conversion, no keyword expansion, no re-encoding, no filter driver
 * (gitattributes(5)).
 */
export const EXACT_BYTES = '* -text -ident !eol !filter !working-tree-encoding\n';
