import { createSandbox } from "@/lib/server/sandbox/create-sandbox";
const sandbox = createSandbox({ settings: { python: "pyodide", processes: 4, idleMs: 10000, pipIndex: null, npmRegistry: null }, dataDir: "/tmp/sbx/data", allowPrivateUrls: false });
const T=()=>performance.now();
let t=T();
const py={organizationId:"o",language:"python" as const,source:"def f(a: int) -> dict:\n    '''x'''\n    print('hi', a)\n    return {'a': a+1}",entry:"f",args:{a:1},env:{}};
console.log(await sandbox.run(py), T()-t);
console.log(await sandbox.report());
for(let i=0;i<8;i++){t=T(); const r=await sandbox.run({...py,args:{a:i}}); console.log(r.text, r.durationMs.toFixed(1), (T()-t).toFixed(1)); if(i==4)await new Promise(r=>setTimeout(r,1500));}
const js={organizationId:"o",language:"typescript" as const,source:"interface X {a:number}\nexport async function f({a}: X): Promise<object> { console.log('hi', a); await new Promise(r=>setTimeout(r,1)); return { a: a+1 }; }",entry:"f",args:{a:1},env:{}};
t=T();console.log(await sandbox.run(js), T()-t);
for(let i=0;i<5;i++){t=T(); const r=await sandbox.run({...js,args:{a:i}}); console.log(r.text, r.durationMs.toFixed(1), (T()-t).toFixed(1));}
console.log(await sandbox.run({...js,source:"const x: number = 2;\nawait 1;\nx*21",entry:null}));
console.log(await sandbox.report());
await sandbox.close();
