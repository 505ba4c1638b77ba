import type { HelpQuery, PluginHelp } from '../../plugin.ts';

export function releaseNoteHelp({ plugins }: HelpQuery): PluginHelp {
  return {
    Description: 'Makes sure that each pull request says what users need to know: in a fenced block `release-note` of the description, or NONE.',
    Config: { '': `Guidelines: ${plugins.release_note.guidelines_url}` },
    Commands: [
      { Usage: '/release-note-none', Featured: false, Description: 'Says that there is nothing to note.', Examples: ['/release-note-none'], WhoCanUse: 'The author and members of the organisation.' },
      { Usage: '/release-note-edit', Featured: false, Description: 'Replaces the release note of the description by the block in this comment.', Examples: ['/release-note-edit\r\n```release-note\r\nThe new note\r\n```'], WhoCanUse: 'Members of the organisation.' },
    ],
  };
}
