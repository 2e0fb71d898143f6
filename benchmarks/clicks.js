// Counts what the page asks of its server and has no answer to yet, and notes when the last answer came.
(() => {
  const waiting = new Set();
  // Of a short piece of work the end may be heard before its name.
  const over = new Set();
  const told = { last: 0, asked: 0 };
  window.clicks = { waiting, told };
  const end = (id) => {
    if (waiting.delete(id)) told.last = performance.now();
  };
  const fetched = window.fetch;
  let number = 0;

  const listen = (text, rest) => {
    const lines = (rest + text).split("\n");
    const left = lines.pop();
    for (const line of lines) {
      const message = line.startsWith("data:") ? JSON.parse(line.slice(5)) : {};
      if (message.msg !== "process_completed") continue;
      over.add(message.event_id);
      end(message.event_id);
    }
    return left;
  };

  const follow = async (stream) => {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest = listen(part.value, rest);
  };

  window.fetch = async (...given) => {
    const address = String(given[0].url ?? given[0]);
    if (address.includes("/queue/data")) {
      const response = await fetched(...given);
      const [one, other] = response.body.tee();
      follow(one).catch(() => {});
      return new Response(other, { status: response.status, headers: response.headers });
    }
    const isCall = /gradio_api\/(run|call|queue\/join)/.test(address);
    if (!isCall) return fetched(...given);
    const own = `call ${number++}`;
    waiting.add(own);
    told.asked += 1;
    try {
      const response = await fetched(...given);
      if (address.includes("/queue/join")) {
        const joined = await response.clone().json();
        if (joined.event_id && !over.has(joined.event_id)) waiting.add(joined.event_id);
      } else {
        await response.clone().arrayBuffer();
      }
      return response;
    } finally {
      end(own);
    }
  };
})();
