using System.Text.Json;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Fetching;

/// <summary>
/// No command fetches one object at a time: each asks the server a few times, however many files and commits it is about. Counted are the calls that
/// the server got, and the ledger must say the same.
/// </summary>
public sealed class RoundTrips
{
    private static readonly string[] s_ours = ["Operations"];

    [Fact]
    public async Task Commands_ask_a_few_times_however_large_the_repository_is()
    {
        Dictionary<string, long> small = await CountAsync(files: 40, commits: 60);
        Dictionary<string, long> large = await CountAsync(files: 1_900, commits: 900);
        string[] windowed = ["log -p", "blame"];
        Assert.Equal(small.Where(c => !windowed.Contains(c.Key)), large.Where(c => !windowed.Contains(c.Key)));
        Assert.All(large.Where(c => !windowed.Contains(c.Key)), c => Assert.True(c.Value <= 3, $"'{c.Key}' asked {c.Value} times."));

        // Windows of 64, 128, 256 and 452 commits, each its trees and its contents; the last one's in two requests of 2,048 ids at most.
        Assert.Equal((2, 9), (small["log -p"], large["log -p"]));

        // The path's history, then windows of 256 versions.
        Assert.Equal((2, 5), (small["blame"], large["blame"]));
    }

    private static async Task<Dictionary<string, long>> CountAsync(int files, int commits)
    {
        await using PlainHistory history = await PlainHistory.CreateAsync(files, commits);
        using User user = new();
        user.UseGrpcOnly();
        Dictionary<string, long> counts = [];
        string copy = await history.CloneOnlyAsync(user, "copy");
        await CountAsync("checkout", "checkout", "main");
        for (int i = 0; i < 30; i++)
        {
            string file = Path.Combine(copy, Directory.EnumerateFiles(copy, $"file{i}.txt", SearchOption.AllDirectories).Single());
            await File.AppendAllTextAsync(file, "changed\n", TestContext.Current.CancellationToken);
        }

        await CountAsync("diff", "diff");
        await CountAsync("diff A B", "diff", "HEAD~50", "HEAD");
        await CountAsync("show", "show");
        await CountAsync("log -p -n 60", "log", "-p", "-n", "60");
        await CountAsync("log --stat -n 60", "log", "--stat", "-n", "60");
        await CountAsync("log -p", "log", "-p");
        await CountAsync("log -p -- PATH", "log", "-p", "-n", "20", "--", PlainHistory.BusyFile);
        await CountAsync("blame", "blame", PlainHistory.BusyFile);
        await CountAsync("grep", "grep", "-n", "needle of 3", "HEAD");
        await CountAsync("grep working copy", "grep", "-n", "needle of 3");
        await CountAsync("prefetch", "prefetch", "HEAD~3");
        await CountAsync("prefetch PATH", "prefetch", "HEAD", "top3");
        await CountAsync("cat", "cat", "HEAD:" + PlainHistory.BusyFile);
        await CountAsync("ls-tree", "ls-tree", "-r", "HEAD");
        await CountAsync("checkout back", "checkout", "--force", "HEAD~20");
        return counts;

        async Task CountAsync(string name, params string[] arguments)
        {
            user.DropCache();
            long before = await CallsAsync(history);
            ProgramResult result = (await user.RunInAsync(copy, [arguments[0], "--stats=json", .. arguments[1..]])).Succeeds();
            counts[name] = await CallsAsync(history) - before;
            using JsonDocument ledger = JsonDocument.Parse(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
            Assert.Equal(counts[name], ledger.RootElement.GetProperty("roundTrips").GetInt64());
        }
    }

    /// <summary>Calls that the server got, without those that ask it for this number.</summary>
    private static async Task<long> CallsAsync(PlainHistory history)
    {
        using ProgramRun run = ProgramRun.Start(
            Programs.Admin, history.Git, new Dictionary<string, string>(StringComparer.Ordinal), "stats", "--server", history.Server.Address.GetLeftPart(UriPartial.Authority), "--json");
        using JsonDocument stats = JsonDocument.Parse((await run.FinishAsync()).Succeeds().Output);
        return stats.RootElement.GetProperty("methods").EnumerateArray()
            .Where(m => !s_ours.Any(o => m.GetProperty("name").GetString()!.Contains(o, StringComparison.Ordinal)))
            .Sum(m => m.GetProperty("calls").GetInt64());
    }
}
