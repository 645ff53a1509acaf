"""An object that wakes by itself and changes a deployment with a token of its own, as a dead-man's switch does."""

from __future__ import annotations

import time

from localcloud.daemon.record import DaemonRecord
from tests.localcloud.daemon.clone import Clone, Worker

HELLO = "export default { fetch() { return new Response('%s') } }"
SWITCH = """
import { DurableObject } from "cloudflare:workers";
export class Switch extends DurableObject {
  async arm(milliseconds, script, version) {
    await this.ctx.storage.put("wanted", { script, version });
    await this.ctx.storage.setAlarm(Date.now() + milliseconds);
  }
  told() { return this.ctx.storage.get("told"); }
  async alarm() {
    const { script, version } = await this.ctx.storage.get("wanted");
    const body = { strategy: "percentage", versions: [{ version_id: version, percentage: 100 }] };
    const url = `${this.env.BASE_URL}/accounts/${this.env.ACCOUNT}/workers/scripts/${script}/deployments?force=true`;
    const headers = { authorization: `Bearer ${this.env.TOKEN}`, "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    await this.ctx.storage.put("told", `${script} ${answer.status}`);
  }
}
export default { async fetch(request, env) {
  const { searchParams } = new URL(request.url);
  const object = env.SWITCH.get(env.SWITCH.idFromName("one"));
  if (!searchParams.has("in")) return new Response(await object.told() ?? "nothing");
  await object.arm(Number(searchParams.get("in")), searchParams.get("script"), searchParams.get("version"));
  return new Response("armed");
} };
"""


def _switch(clone: Clone, account: str) -> Worker:
    made = Worker.make(clone, account, "switch")
    bindings = [
        {"type": "durable_object_namespace", "name": "SWITCH", "class_name": "Switch"},
        {"type": "plain_text", "name": "ACCOUNT", "text": account},
        {
            "type": "plain_text",
            "name": "BASE_URL",
            "text": f"http://127.0.0.1:{clone.port}/client/v4",
        },
        {
            "type": "secret_text",
            "name": "TOKEN",
            "text": clone.cloud.working_secret("deploymentsToken", "staging"),
        },
    ]
    exports = {"Switch": {"type": "durable-object", "storage": "sqlite"}}
    made.deploy({made.upload(SWITCH, bindings, exports=exports): 100})
    return made


def _until(worker: Worker, text: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while (got := worker.get().text) != text:
        assert time.monotonic() < deadline, got
        time.sleep(0.02)


def test_an_alarm_puts_a_version_back_by_the_api_also_after_a_restart(
    clone: Clone, running: DaemonRecord
) -> None:
    shop = Worker.make(clone, running.account, "pitchey-api-staging")
    old, new = shop.upload(HELLO % "old"), shop.upload(HELLO % "new")
    shop.deploy({old: 50, new: 50})
    switch = _switch(clone, running.account)
    assert switch.get(f"/?in=200&script={shop.name}&version={old}").text == "armed"
    _until(switch, f"{shop.name} 200")
    assert {shop.get().text for _ in range(20)} == {"old"}
    # Due while nothing runs.
    switch.get(f"/?in=700&script={shop.name}&version={new}")
    clone.cloud.stop()
    time.sleep(0.8)
    clone.start()
    _until(shop, "new")
    # The token is for that Worker alone.
    switch.get(f"/?in=10&script=switch&version={old}")
    _until(switch, "switch 403")
