// Writes without end and says what is durable, until it is killed. Started by open-store.int.test.ts.
import { openStore } from '../open-store.ts';

const store = openStore(process.argv[2] ?? '');
for (let index = 1; ; ) {
  const group: Promise<number>[] = [];
  for (let each = 0; each < 10; each += 1) {
    const number = index;
    group.push(store.transaction((transaction) => {
      transaction.put(`n/${String(number).padStart(8, '0')}`, 'v'.repeat(1000));
      transaction.put('count', String(number));
      return number;
    }));
    index += 1;
  }
  for (const number of await Promise.all(group)) process.stdout.write(`durable ${number}\n`);
}
