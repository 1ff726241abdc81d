// Addresses from the server that may become links.

// Of the web, or a path of this host. Rows that were not written by the API may hold anything, also
// "javascript:..".
export const isLink = text => /^(https?:\/\/[^/?#]|\/(?![/\\]))/i.test(text);
