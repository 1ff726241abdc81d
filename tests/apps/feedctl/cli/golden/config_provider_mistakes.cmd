printf "oidc:\n  google:\n    isuer: x\n    client_id: y\n  Bad: {kind: openid}\n" > f.yaml; feedctl config check -c f.yaml
