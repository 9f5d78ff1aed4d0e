using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Failures.Faults;

/// <summary>
/// kill -9, Ctrl-C, a second process, clocks that jump, a full disk and a read-only folder in the middle of every command that writes: nothing is lost, the message says what to do, the next command works.
/// </summary>
public sealed class FaultsInCommands(FaultyDay day) : IClassFixture<FaultyDay>
{
    private const int DiskCode = 6;
    private const int ConflictCode = 4;
    private const int InterruptedCode = 130;
    private const int CutsOfEach = 2;
    private const int EventsMax = 90;

    private static readonly TimeSpan s_years = TimeSpan.FromDays(3_650);

    public static TheoryData<string> Commands => [.. WritingCommand.All.Keys];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Killed(string name)
    {
        WritingCommand command = WritingCommand.All[name];
        Random random = new(name.Length);
        for (int cut = 0; cut < CutsOfEach; cut++)
        {
            string copy = await day.PrepareAsync(command);
            await day.User.KillInAsync(copy, EventOf(random, cut), day.ArgumentsOf(command));
            await day.CheckAsync(command, copy);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Interrupted(string name)
    {
        WritingCommand command = WritingCommand.All[name];
        Random random = new(100 + name.Length);
        for (int cut = 0; cut < CutsOfEach; cut++)
        {
            string copy = await day.PrepareAsync(command);
            ProgramResult ended = await day.User.InterruptInAsync(copy, EventOf(random, cut), day.ArgumentsOf(command));
            Assert.True(ended.ExitCode is 0 or 1 or InterruptedCode, $"{ended.CommandLine}: {ended.ExitCode}\n{ended.Errors}");
            await day.CheckAsync(command, copy);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Twice_at_once_by_clocks_that_are_years_off(string name)
    {
        WritingCommand command = WritingCommand.All[name];
        string copy = await day.PrepareAsync(command);
        string[] arguments = day.ArgumentsOf(command);

        // What follows is done by the right clock again.
        using ProgramRun first = day.User.StartIn(copy, ShiftedClock.Environment(day.Clock, s_years), arguments);
        using ProgramRun second = day.User.StartIn(copy, ShiftedClock.Environment(day.Clock, -s_years), arguments);
        ProgramResult[] ended = [await first.FinishAsync(), await second.FinishAsync()];
        Assert.All(ended, e => Assert.True(e.ExitCode is 0 or 1 or 3 or ConflictCode, $"{e.CommandLine}: {e.ExitCode}\n{e.Errors}"));
        Assert.All(ended.Where(static e => e.ExitCode != 0), e => Assert.NotEmpty(e.Errors + e.Text));
        await day.CheckAsync(command, copy);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task On_a_full_disk(string name)
    {
        WritingCommand command = WritingCommand.All[name];
        string copy = await day.PrepareAsync(command);
        string clone = Path.GetFileName(copy);

        // The clone on a small file system that has so many kilobytes left. Copied without holes: a tmpfs needs memory even to show one, and ends whoever looks at it.
        string script = $$"""
            mkdir -p small; mount -t tmpfs -o size=48m tmpfs small
            for kilobytes in 0 4 24; do
                rm -rf small/*; cp -a --sparse=never '{{clone}}' small/; cp {{clone}}.* small/
                cd small/{{clone}}
                head -c ${kilobytes}k /dev/zero > ../spare; cat /dev/zero > ../fill 2> /dev/null || true; rm ../spare
                code=0; mr {{string.Join(' ', day.ArgumentsOf(command))}} > /dev/null 2> {{day.User.Folder}}/said || code=$?
                rm ../fill
                case $code in
                    0|1|3) ;;
                    {{DiskCode}}) grep -q 'Make room on the disk' {{day.User.Folder}}/said || { cat {{day.User.Folder}}/said >&2; tell "no word of what to do"; } ;;
                    *) cat {{day.User.Folder}}/said >&2; tell "ended with $code on ${kilobytes}k" ;;
                esac
                whole {{clone}}
                code=0; mr {{string.Join(' ', day.ArgumentsOf(command))}} > ../again 2>&1 || code=$?
                case $code in 0|1|3|4) ;; *) cat ../again >&2; tell "again ended with $code" ;; esac
                whole {{clone}}
                next "${kilobytes}"
                whole {{clone}}
                cd ../..
            done
            """;
        await InNamespaceAsync(script);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task In_a_read_only_folder(string name)
    {
        WritingCommand command = WritingCommand.All[name];
        string copy = await day.PrepareAsync(command);
        string clone = Path.GetFileName(copy);
        string script = $$"""
            cd '{{clone}}'
            mount --bind .mr .mr; mount -o remount,ro,bind .mr
            code=0; mr {{string.Join(' ', day.ArgumentsOf(command))}} > /dev/null 2> {{day.User.Folder}}/said || code=$?
            test $code = {{DiskCode}} || { cat {{day.User.Folder}}/said >&2; tell "ended with $code"; }
            grep -q '^hint: .*writ' {{day.User.Folder}}/said || { cat {{day.User.Folder}}/said >&2; tell "no word of what to do"; }
            mr log -n 1 > /dev/null || tell "log: $?"
            mr status > /dev/null || tell "status: $?"
            umount .mr
            """;
        await InNamespaceAsync(script);
        await day.CheckAsync(command, copy);
    }

    // Early ones, and some anywhere.
    private static int EventOf(Random random, int cut) => cut == 0 ? random.Next(1, 6) : random.Next(1, EventsMax);

    private async Task InNamespaceAsync(string script)
    {
        ProgramResult result = await day.User.RunProgramAsync(day.User.Folder, "unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", FaultyDay.Shell + "\n" + script);
        if (result.Errors.Contains("unshare failed", StringComparison.Ordinal) || result.Errors.Contains("mount:", StringComparison.Ordinal))
            Assert.Skip("This system lets nobody mount a small file system.");
        result.Succeeds();
    }
}
