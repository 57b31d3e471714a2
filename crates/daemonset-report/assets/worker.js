// Runs the program apart from the page, so that a large dump does not freeze it.
"use strict";
let program = null;
let starting = null;

// The program imports nothing: it can compute, and nothing else.
async function start(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  program = instance.exports;
}

function give(bytes) {
  const at = program.input(bytes.length);
  new Uint8Array(program.memory.buffer, at, bytes.length).set(bytes);
}

onmessage = async ({ data }) => {
  try {
    if (data.program) {
      starting = start(data.program);
      return;
    }
    await starting;
    const [clear, read, answer] = data.verb === "diff"
      ? [program.clear_new, program.read_new, program.diff]
      : [program.clear, program.read, program.report];
    const encoder = new TextEncoder();
    clear();
    for (const { name, bytes } of data.sources) {
      give(encoder.encode(name));
      program.name();
      give(bytes);
      read();
    }
    const length = answer();
    const text = new Uint8Array(program.memory.buffer, program.output(), length).slice();
    postMessage({ verb: data.verb, answer: new TextDecoder().decode(text) });
  } catch (error) {
    postMessage({ verb: data.verb, error: String(error) });
  }
};
