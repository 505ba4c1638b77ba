export { localApp } from './local-app.ts';
export { githubApp } from './github-app.ts';
export { kubeApp } from './kube-app.ts';
