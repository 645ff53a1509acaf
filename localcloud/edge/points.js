// Data points of Analytics Engine, until the daemon fetches them. workerd sends each as JSON of its Cap'n Proto struct:
// texts are arrays of bytes, the time is nanoseconds in a text, and what is 0 or empty may be left out.
const MOST = 100_000;
const COUNT = 20;

let points = [];
let dropped = 0;

export async function keep(request, account, dataset) {
  const sent = await request.json();
  if (points.length >= MOST) {
    dropped++;
    return;
  }
  const doubles = Array.from({ length: COUNT }, (_, at) => Number(sent[`double${at + 1}`] ?? 0));
  const blobs = Array.from({ length: COUNT }, (_, at) => text(sent[`blob${at + 1}`]));
  const milliseconds = Number(BigInt(sent.timestamp) / 1_000_000n);
  points.push([account, dataset, milliseconds, text(sent.index1), shortened(doubles, 0), shortened(blobs, "")]);
}

export function take() {
  const taken = { points, dropped };
  points = [];
  dropped = 0;
  return taken;
}

const text = (bytes) => (bytes === undefined ? "" : new TextDecoder().decode(new Uint8Array(bytes)));

function shortened(values, empty) {
  while (values.length > 0 && values.at(-1) === empty) values.pop();
  return values;
}
