namespace Monorepo.EndToEnd.Tests.Failures.Faults;

/// <summary>A command that changes a clone, and what makes it have something to change.</summary>
/// <param name="Name">In test names.</param>
/// <param name="Setup">Shell lines, run in the clone; <c>mr</c> is the client.</param>
/// <param name="Arguments">Of <c>mr</c>, words without blanks; <c>{n}</c> is another number each time.</param>
internal sealed record WritingCommand(string Name, string Setup, string Arguments)
{
    /// <summary>It takes edits of other files along, or leaves them.</summary>
    public bool KeepsEdits { get; init; } = true;

    /// <summary>It leaves untracked files.</summary>
    public bool KeepsUntracked { get; init; } = true;

    private const string Topic = "mr switch -c topic main~1; echo topic > app/topic; mr add app/topic; mr commit -m topic app/topic; mr switch main; ";
    private const string Clash = "mr switch -c clash main~1; echo clash > app/main.txt; mr commit -m clash app/main.txt; mr switch main; ";
    private const string Commit = "echo local > app/local; mr add app/local; mr commit -m local app/local; ";

    /// <summary>Every command that writes, by name. Who adds one adds a line.</summary>
    public static IReadOnlyDictionary<string, WritingCommand> All { get; } = new WritingCommand[]
    {
        new("add", "echo new > new1", "add new1"),
        new("rm", "", "rm -r lib"),
        new("mv", "", "mv lib moved"),
        new("commit", "echo more >> app/main.txt; rm app/file0", "commit -m more app"),
        new("amend", Commit + "echo more >> app/main.txt", "amend --no-edit app"),
        new("restore", "echo more >> app/main.txt; rm -r lib", "restore app lib"),
        new("clean", "mkdir junk; echo 1 > junk/1; echo 2 > junk/2", "clean -fd junk"),
        new("switch", Topic, "switch topic"),
        new("switch-new", "", "switch -c fresh main~2"),
        new("checkout", "", "checkout main~3"),
        new("checkout-force", "echo more >> app/main.txt; rm -r lib", "checkout --force main~3") { KeepsEdits = false },
        new("checkout-exact", "echo more >> app/main.txt; echo junk > lib/junk", "checkout --exact main~3") { KeepsEdits = false, KeepsUntracked = false },
        new("branch", "", "branch fresh main~1"),
        new("branch-delete", Topic, "branch -D topic"),
        new("branch-rename", Topic, "branch -m topic renamed"),
        new("tag", "", "tag -a -m text v1 main~1"),
        new("tag-delete", "mr tag v1", "tag -d v1"),
        new("merge", Topic, "merge --no-ff -m merged topic") { KeepsEdits = false },
        new("merge-conflict", Clash, "merge clash") { KeepsEdits = false },
        new("merge-abort", Clash + "mr merge clash || true", "merge --abort") { KeepsEdits = false },
        new("merge-continue", Clash + "mr merge clash || true; echo solved > app/main.txt; mr resolve app/main.txt", "merge --continue") { KeepsEdits = false },
        new("resolve", Clash + "mr merge clash || true", "resolve --theirs app/main.txt") { KeepsEdits = false },
        new("rebase", Topic + "mr switch topic", "rebase main") { KeepsEdits = false },
        new("cherry-pick", Topic, "cherry-pick topic") { KeepsEdits = false },
        new("revert", "", "revert main~1") { KeepsEdits = false },
        new("stash", "echo more >> app/main.txt; rm app/file0", "stash push app/main.txt app/file0"),
        new("stash-pop", "echo more >> app/main.txt; mr stash push app/main.txt", "stash pop") { KeepsEdits = false },
        new("stash-drop", "echo more >> app/main.txt; mr stash push app/main.txt", "stash drop"),
        new("undo", Commit, "undo"),
        new("undo-files", Topic + "mr switch topic", "undo"),
        new("redo", Commit + "mr undo", "redo"),
        new("sparse-include", "", "sparse include app docs"),
        new("sparse-reset", "mr sparse include app docs", "sparse reset"),
        new("config", "", "config --clone set color never"),
        new("remote", "", "remote set-url http://127.0.0.1:1/history"),
        new("gc", Topic + "mr branch -D topic; rm .mr/operations", "gc --config gc.keepDays=0"),
        new("offline-add", "", "offline add main lib"),
        new("offline-update", "mr offline add main~1 lib; mr offline add HEAD app; " + Commit, "offline update"),
        new("offline-remove", "mr offline add main lib; mr offline add main~2 app", "offline remove main"),
        new("pull", "", "pull"),
        new("pull-rebase", Commit, "pull --rebase") { KeepsEdits = false },
        new("push", Commit, "push HEAD:refs/heads/pushed-{n}"),
    }.ToDictionary(static c => c.Name, StringComparer.Ordinal);
}
