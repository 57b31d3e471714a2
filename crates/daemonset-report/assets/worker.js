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
    const encoder = new TextEncoder();
    program.clear();
    for (const { name, bytes } of data.sources) {
      give(encoder.encode(name));
      program.name();
      give(bytes);
      program.read();
    }
    const length = program.report();
    const answer = new Uint8Array(program.memory.buffer, program.output(), length).slice();
    postMessage({ answer: new TextDecoder().decode(answer) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
