# numbers that no type holds are too large, and no nonsense
feedctl config check --set redis.timeout=9999999d --set server.max_body=99999999999999999999GiB
feedctl config check --set server.port=-99999999999999999999
cat > f.yaml <<END
server: {port: 99999999999999999999, max_body: 99999999999999999999GiB, drain_delay: 99999999999999999999d}
hot: {ttl: 9223372036854775807ms}
events: {keep: 106751991168d}
feed: {shadow: 99999999999999999999%}
END
feedctl config check -c f.yaml
