"""The Sentry that a stack's secret leads to: from a Worker, over the home's own certificates, to the command that shows it."""

from __future__ import annotations

import json

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

REPORTING = """
export default { async fetch(request, env) {
  const { username, origin, host } = new URL(env.SENTRY_DSN);
  const frame = { filename: "app:///index.js", function: "find", lineno: 7 };
  const event = JSON.stringify({
    release: "tag-1", transaction: "GET /api/pitches",
    exception: { values: [{ type: "QueryError", value: "57P01", stacktrace: { frames: [frame] } }] },
  });
  const packed = new Response(`{}\\n{"type":"event"}\\n${event}\\n`).body.pipeThrough(new CompressionStream("gzip"));
  const answer = await fetch(`https://${host}/api/1/envelope/`, {
    method: "POST",
    body: await new Response(packed).arrayBuffer(),
    headers: { "content-encoding": "gzip", "x-sentry-auth": `Sentry sentry_version=7, sentry_key=${username}` },
  });
  return new Response(await answer.text(), { status: answer.status });
} };
"""


def test_what_a_worker_reports_is_shown_by_the_command_and_outlives_the_daemon(
    clone: Clone, running: DaemonRecord
) -> None:
    dsn = clone.cloud.working_secret("sentryDsn", "dev")
    assert dsn is not None
    assert "no errors were reported" in clone.pitchey_local("errors").stdout
    assert dsn.rpartition("@")[2].removesuffix("/1") in clone.pitchey_local("status").stdout
    worker = Worker.make(clone, running.account, "shop")
    secret = {"type": "secret_text", "name": "SENTRY_DSN", "text": dsn}
    worker.deploy({worker.upload(REPORTING, [secret]): 100})
    answer = worker.get()
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["id"]) == 32
    shown = clone.pitchey_local("errors", "dev").stdout
    for text in ("dev", "tag-1", "GET /api/pitches", "QueryError 57P01", "find app:///index.js:7"):
        assert text in shown
    assert "no errors were reported by staging" in clone.pitchey_local("errors", "staging").stdout
    assert clone.pitchey_local("down").returncode == 0
    (told,) = json.loads(clone.pitchey_local("errors", "--json").stdout)
    assert (told["stack"], told["event"]["release"]) == ("dev", "tag-1")
    assert clone.cloud.working_secret("sentryDsn", "dev") == dsn
