import './main.css';
import { render } from 'preact';
import { JobHistoryPage, PullHistoryPage } from './pages/history.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { PoolPage } from './pages/pool.tsx';
import { RunPage } from './pages/run.tsx';
import { TidePage } from './pages/tide.tsx';
import { readSettings, Shell } from './parts/shell.tsx';
import { useAddress } from './router.ts';

const settings = readSettings();

function Page({ address }: { address: URL }) {
  const path = decodeURIComponent(address.pathname);
  if (path.startsWith('/view/')) return <RunPage runKey={path.slice('/view/'.length).replace(/\/+$/, '')} />;
  if (path.startsWith('/job-history/')) return <JobHistoryPage job={path.split('/').at(-1) ?? ''} address={address} />;
  if (path === '/pr-history') return <PullHistoryPage address={address} />;
  if (path === '/tide') return <TidePage />;
  if (path === '/pool') return <PoolPage />;
  return <JobsPage address={address} />;
}

function App() {
  const address = useAddress();
  return <Shell settings={settings} path={address.pathname}><Page address={address} /></Shell>;
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
