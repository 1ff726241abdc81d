SELECT feedctl_make_view_parts($1)
