using System.Globalization;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Help;

/// <summary>Every topic of <c>mr help</c>: what the terminal shows and what client/README.md holds come from here.</summary>
public static class HelpTopics
{
    public static readonly IReadOnlyList<HelpTopic> All =
    [
        new(
            "revisions",
            "How commits are named.",
            "Names mean what they mean in git. All but `REV:PATH` are answered from the clone, without the server.",
            Table(["what you write", "what it names"], RevisionForms)),
        new(
            "configuration",
            "Settings, and where they are made.",
            "`mr config` reads and changes them. Of several places the last of these counts: `/etc/mr/config.json`; `~/.config/mr/config.json`; `.mr/config.json` of the clone; a variable; the command line (`--config KEY=VALUE`). The files are JSON objects of texts.",
            new HelpTable(["key", "what it is"], [.. ConfigKeys.All.Append(ConfigKeys.AnyAlias).Select(Row)])),
        new(
            "environment",
            "Variables that mr reads.",
            "A variable is stronger than a configuration file and weaker than an option.",
            Table(["variable", "what it does"], Variables)),
        new(
            "exit-codes",
            "What commands end with.",
            "Scripts may rely on the numbers.",
            new HelpTable(["code", "meaning"], [.. ExitCodes.Select(static e => (string[])[((int)e.Code).ToString(CultureInfo.InvariantCulture), e.Meaning])])),
        new(
            "git-to-mr",
            "What you type in git, and what in mr.",
            "There is no staging area: a commit takes the changes of all tracked files, or those at the paths it names. Contents are fetched when they are needed; `mr prefetch` brings them before.",
            new HelpTable(["git", "mr", ""], [.. GitToMr.Rows.Select(static r => (string[])[$"`{r.Git}`", $"`{r.Mr}`", r.Note])])),
    ];

    public static HelpTopic? Find(string name) => All.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal));

    private static (string, string)[] RevisionForms =>
    [
        ("`main`, `v1.2`, `refs/heads/main`", "a branch or tag; a branch with local commits is where they are"),
        ("`origin/main`", "the branch as the server has it"),
        ("`HEAD`, `@`", "what is checked out"),
        ("`1f8e44c`", "the commit whose id begins so; 4 digits or more"),
        ("`REV^`, `REV^2`, `REV~3`", "its first parent, its second, the one three steps back by first parents"),
        ("`REV^{commit}`, `REV^{tree}`", "the commit or tree behind a tag or commit"),
        ("`REV:PATH`", "a file or folder as it is there"),
        ("`A..B`", "commits of B that are not in A"),
        ("`A...B`", "commits of either that the other has not"),
        ("`^A`", "and not what A holds, in a list of revisions"),
    ];

    private static (string, string)[] Variables =>
    [
        ("`MR_CACHE_DIR`", "the folder of the object cache; else `mr` in `XDG_CACHE_HOME` or `~/.cache`"),
        ("`MR_CACHE_SIZE`", "as `cache.size`"),
        ("`MR_BLOBS`", "as `blobs`; the word `grpc` in it keeps contents off UCX"),
        ("`MR_MAX_FETCH`", "as `maxFetch`; the option `--max-fetch` is stronger"),
        ("`MR_WATCHER`", "as `watcher`"),
        ("`MR_PAGER`, `PAGER`", "the pager; `pager` of the configuration is between the two; `cat` or nothing: none"),
        ("`NO_COLOR`", "no colours, unless an option asks for some"),
        ("`TERM`", "`dumb`, or not set: no colours unless they are asked for"),
        ("`MR_CONFIG_SYSTEM`", "the machine's configuration, in place of `/etc/mr/config.json`"),
        ("`XDG_CONFIG_HOME`", "where your configuration is (`mr/config.json`), and git's (`git/config`, `git/ignore`); else `~/.config`"),
        ("`MR_AUTHOR_NAME`, `_EMAIL`, `_DATE`", "who made a commit, and when; so with `MR_COMMITTER_`; git's variables of these names count where these are unset"),
        ("`EMAIL`", "your mail address, where nothing else says it"),
        ("`COLUMNS`", "how wide tables may be"),
    ];

    private static (ExitCode Code, string Meaning)[] ExitCodes =>
    [
        (ExitCode.Success, "done"),
        (ExitCode.Negative, "the command did its work, and the answer is no: nothing found, nothing to commit, refused by the server"),
        (ExitCode.Usage, "the command line or a setting is wrong"),
        (ExitCode.NotFound, "something that the command needs is not there: a revision, a path, a clone"),
        (ExitCode.Conflict, "it would overwrite what is not saved, or another command is at work"),
        (ExitCode.Unavailable, "the server can't be reached, and what is here does not suffice; trying again may help"),
        (ExitCode.Disk, "the disk is full, or refuses"),
        (ExitCode.Corrupt, "bytes here or from the server are not what they must be; `mr fsck` says more"),
        (ExitCode.OverBudget, "it would fetch more than `--max-fetch` allows"),
        (ExitCode.Internal, "a defect in mr"),
        (ExitCode.Interrupted, "Ctrl-C"),
    ];

    private static string[] Row(ConfigKey key)
    {
        string without = key.Default.Length == 0 ? "" : $" Without it: {key.Default}.";
        string stronger = key.Variable is { } variable ? $" `{variable}` is stronger." : "";
        return [$"`{key.Name}`", $"{key.Description} Takes {key.Form}.{without}{stronger}"];
    }

    private static HelpTable Table(string[] headers, (string, string)[] rows) => new(headers, [.. rows.Select(static r => (string[])[r.Item1, r.Item2])]);
}
