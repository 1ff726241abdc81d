# a description of two paragraphs
feedctl seed --help | sed -n '/^Adds/,/^Examples/p'
