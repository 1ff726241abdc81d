feedctl doctor --color sometimes
