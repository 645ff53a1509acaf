// The binding of a rate limit: `limit({ key })` asks the counts that all Workers of the account share.
class RateLimit {
  #colo;
  #rule;

  constructor(colo, rule) {
    this.#colo = colo;
    this.#rule = rule;
  }

  async limit(options) {
    const key = options?.key;
    if (typeof key !== "string") throw new TypeError(`limit() takes { key }, a string; it was given ${JSON.stringify(options)}`);
    const asked = { method: "POST", body: JSON.stringify({ ...this.#rule, key }) };
    const answer = await this.#colo.fetch("http://limit/", asked);
    if (!answer.ok) throw new Error(`the rate limit could not be asked: status ${answer.status}`);
    return answer.json();
  }
}

export default ({ colo, rule }) => new RateLimit(colo, rule);
