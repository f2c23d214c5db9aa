/** What is used of WebAssembly, which Node has and its types leave to those of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module, imports?: object)
    readonly exports: object
  }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
}
