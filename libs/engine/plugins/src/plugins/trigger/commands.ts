// What a comment may say to this plugin. The flag i is absent on purpose: upstream does not accept `/TEST`.
import { CommandRegex } from '../../command-regex.ts';

const of = (pattern: string): ((text: string) => boolean) => {
  const regex = new CommandRegex(`(?m)${pattern}`);
  return (text) => regex.test(text);
};

export const isTestAll = of('^/test all,?($|\\s.*)');
export const isRetest = of('^/retest\\s*$');
export const isRetestRequired = of('^/retest-required\\s*$');
export const isTestManualRequired = of('^/test-manual-required\\s*$');
export const isOkToTest = of('^/ok-to-test\\s*$');
export const isOkToTestCancel = of('^/ok-to-test\\s+cancel\\s*$');
export const isHelpRequest = of('^/test[ \\t]*\\?\\s*$');
export const isBareTest = of('^/test[ \\t\\r]*$');
export const isTestWithName = of('^/test[ \\t]+\\S+');
export const isRetestWithName = of('^/retest[ \\t]+\\S+');
export const isTestOrRetest = of('^/(?:re)?test\\b');

/** Whether the comment has a command of this plugin's own, not counting jobs' triggers. */
export function hasOwnCommand(text: string): boolean {
  return [isTestOrRetest, isTestManualRequired, isOkToTest, isOkToTestCancel].some((test) => test(text));
}
