using System.Globalization;
using Monorepo.EndToEnd.Tests.Offline;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Failures.Faults;

/// <summary>
/// A served history, and clones in which a command has something to change; what must be true after whatever happened to it. Every clone has an untracked file and, where the
/// command leaves edits alone, an edited one. The server has a commit that clones do not have yet.
/// </summary>
public sealed class FaultyDay : IAsyncLifetime
{
    private int _made;

    internal DeclaredHistory History { get; private set; } = null!;

    internal User User => History.User;

    /// <summary>As <see cref="ShiftedClock.BuildAsync"/> made it.</summary>
    internal string Clock { get; private set; } = "";

    /// <summary>For scripts: the client, and checks.</summary>
    internal static string Shell => $$"""
        mr() { '{{Programs.Client}}' "$@"; }
        tell() { echo "$@" >&2; exit 99; }
        # Nothing is lost, and the clone is in order.
        whole() {
            mr status > status.out || tell "status: $?"
            rm status.out
            mr fsck --no-cache > ../fsck.out || { cat ../fsck.out >&2; tell "fsck: $?"; }
            for id in $(cat ../$1.commits); do mr log -n 1 --format=%H $id > ../show.out || tell "the commit $id is gone"; done
            if test -e ../$1.untracked; then cmp -s ../$1.untracked mine || tell "the untracked file is gone"; fi
            if test -e ../$1.edited; then cmp -s ../$1.edited docs/page1 || tell "the edit is gone"; fi
        }
        # What has begun is ended, and the next commit works.
        next() {
            if test -e .mr/operation; then mr $(sed -n 's/^kind //p' .mr/operation) --abort || tell "abort: $?"; fi
            echo "$1" > app/after; mr add app/after || tell "add: $?"
            mr commit -m after app/after > ../commit.out || tell "commit: $?"
            test "$(mr cat HEAD:app/after)" = "$1" || tell "the commit is not there"
        }
        """;

    public async ValueTask InitializeAsync()
    {
        History = await DeclaredHistory.StartAsync(withEdge: false);
        Clock = await ShiftedClock.BuildAsync(User.Folder);
        (await History.MrAsync("prefetch", "main")).Succeeds();
        (await History.MrAsync("prefetch", "main~3")).Succeeds();
        (await History.MrAsync("checkout", "main~2")).Succeeds();
        (await History.MrAsync("checkout", "main~1")).Succeeds();
        (await History.MrAsync("switch", "main")).Succeeds();
        string other = User.PathTo("pusher");
        (await User.RunAsync("clone", History.Server.UrlOf("history"), other)).Succeeds();
        await File.WriteAllTextAsync(Path.Combine(other, "docs/page50"), "of another\n");
        (await User.RunInAsync(other, "commit", "-m", "of another")).Succeeds();
        (await User.RunInAsync(other, "push", "main")).Succeeds();
    }

    public async ValueTask DisposeAsync()
    {
        if (History is not null)
            await History.DisposeAsync();
    }

    /// <summary>A clone in which a command has something to change. What it must keep is noted beside it.</summary>
    internal async Task<string> PrepareAsync(WritingCommand command)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{command.Name}-{++_made}");
        string copy = User.PathTo(name);
        await RunAsync(User.Folder, $"""
            cp -a copy {name}
            cd {name}
            {command.Setup}
            echo mine > mine
            {(command.KeepsUntracked ? $"cp mine ../{name}.untracked" : "")}
            {(command.KeepsEdits ? $"echo edited > docs/page1; cp docs/page1 ../{name}.edited" : "")}
            (mr rev-parse HEAD; mr log -n 5 --format=%H) | sort -u > ../{name}.commits
            """);
        return copy;
    }

    /// <summary>The command's words, with a number that no other run has.</summary>
    internal string[] ArgumentsOf(WritingCommand command) => command.Arguments.Replace("{n}", (++_made).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Split(' ');

    internal async Task<ProgramResult> RunAsync(string directory, string script) => (await User.RunProgramAsync(directory, "sh", "-ec", Shell + "\n" + script)).Succeeds();

    /// <summary>Checks a clone in which a command had a fault, runs the command again, and commits.</summary>
    internal async Task CheckAsync(WritingCommand command, string copy)
    {
        string name = Path.GetFileName(copy);
        await RunAsync(copy, $"whole {name}");
        ProgramResult again = await User.RunInAsync(copy, ArgumentsOf(command));
        Assert.True(again.ExitCode is 0 or 1 or 3 or 4, $"{again.CommandLine} again: {again.ExitCode}\n{again.Errors}");
        await RunAsync(copy, $"whole {name}\nnext {name}\nwhole {name}\ncd ..\nrm -rf {name}");
    }
}
