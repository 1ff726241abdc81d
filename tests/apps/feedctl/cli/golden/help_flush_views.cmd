feedctl help flush-views
