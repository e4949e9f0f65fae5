/** Whether what a browser calls its GPU is one in software. */
export function isSoftware(gpu: string): boolean {
  return /swiftshader|llvmpipe/i.test(gpu);
}
