feedctl version -o json | sed -E "s/:\"[^\"]*\"/:\"..\"/g"
