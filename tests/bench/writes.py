"""New posts over HTTP against pgbench, which runs the same statement as often as PostgreSQL can: 8 and 32 at a time."""
import re
import shutil

from measures import Bench, Measure, Row
from server import output_of, statement
from web import SCRIPT, Tally, start_serve, wrk

AUTHORS = """
INSERT INTO users (id, handle, shard) SELECT 1000 + i, 'a' || i, feedctl_shard(1000 + i) FROM generate_series(0, 9999) i;
INSERT INTO user_stats SELECT id, 0, 0 FROM users;
VACUUM ANALYZE;
"""
TEXT = "words " * 20


def pgbench_form(sql, **values):
    """The statement with pgbench's variables or constants for $1, $2, .."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return re.sub(r"\$(\d+)", lambda found: values["p" + found[1]], " ".join(lines)) + ";"


def pgbench(server, database, script, connections, seconds):
    """Statements a second, and the mean milliseconds of one."""
    server.recycle_log(database)
    (server.folder / "pgbench.sql").write_text(script + "\n")
    out = output_of([server.programs / "pgbench", "-h", server.folder, "-U", "postgres", "-n", "-M", "prepared", "-c", str(connections),
                     "-j", "1", "-T", str(seconds), "-f", server.folder / "pgbench.sql", database])
    return float(re.search(r"tps = ([\d.]+)", out)[1]), float(re.search(r"latency average = ([\d.]+) ms", out)[1])


class Posts(Bench):
    name, unit, writes = "post", "posts", True

    def __init__(self, server, binary, scale):
        super().__init__(server, binary, scale)
        self.seconds = max(1, int(4 * scale))
        self.tally = Tally("posts")
        server.psql(AUTHORS, self.database)
        self.child, self.port = start_serve(server, binary, self.database, {"FEEDCTL_AUTH_MODE": "open"}, core=None)
        self.script = server.folder / "post.lua"
        self.script.write_text(SCRIPT + f"""
function request()
  return request_of('POST', '/v1/posts', {{['Content-Type'] = 'application/json'}},
                    '{{"author_id": ' .. math.random(1000, 10999) .. ', "text": "{TEXT}"}}')
end
""")

    def rows(self):
        return [Row(f"post c={c}", self.unit, lambda c=c: self.over_http(c), lambda c=c: self.bare(c), 0.5) for c in (8, 32)]

    def count(self):
        return int(self.server.psql("SELECT count(*) FROM posts", self.database))

    def over_http(self, connections):
        self.server.recycle_log(self.database)
        before = self.count()
        load = wrk(self.port, "/v1/posts", self.seconds, connections, script=self.script, core=None,
                   may_refuse=True)
        made, answered = self.count() - before, load.requests - load.refused
        self.tally.check(made, answered, load.refused + connections)
        return Measure(answered, load.seconds, {"p99_ms": 1000 * load.p99, "refused": load.refused})

    def bare(self, connections):
        script = "\\set author random(1000, 10999)\n" + pgbench_form(
            statement("posts/create"), p1=":author", p2=f"'{TEXT}'", p3="NULL", p4="NULL")
        rate, mean = pgbench(self.server, self.database, script, connections, self.seconds)
        return Measure(rate, 1, {"pgbench_mean_ms": mean})

    def close(self):
        self.server.stop(self.child)


ALL = {Posts.name: Posts} if shutil.which("wrk") else {}
