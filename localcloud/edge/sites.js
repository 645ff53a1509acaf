// Static sites: the front says in a header which one is asked for.
export default {
  fetch(request, env) {
    const onward = new Request(request);
    onward.headers.delete("x-edge-site");
    return env[request.headers.get("x-edge-site")].fetch(onward);
  },
};
