using System.Text.Json;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Offline;

/// <summary>What is declared stays: beside caches that are emptied, garbage collection, damage, moved refs, and kills.</summary>
public sealed class KeepingDeclared
{
    private const int NegativeCode = 1;
    private const int NotFoundCode = 3;
    private const int Kills = 15;

    [Fact]
    public async Task Neither_gc_nor_an_emptied_cache_takes_what_is_declared_and_remove_does()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: false);
        (await history.MrAsync("offline", "add", "main~1", "lib/deep", "app/main.txt")).Succeeds();
        long kept = OfflineBytes(history);
        history.User.DropCache();
        (await history.MrAsync("gc", "--config", "gc.keepDays=0")).Succeeds();
        Assert.Equal(kept, OfflineBytes(history));
        Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
        (await history.MrAsync("fsck")).Succeeds();

        (await history.MrAsync("offline", "remove", "main~1", "app")).ExitsWith(NotFoundCode);
        (await history.MrAsync("offline", "remove", "main~1", "lib/deep")).Succeeds();
        Assert.InRange(OfflineBytes(history), 1, kept / 2);
        Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
        (await history.MrAsync("offline", "remove", "main~1")).Succeeds();
        Assert.Empty((await history.MrAsync("offline", "list")).Succeeds().Output);
        Assert.Empty(Directory.GetFiles(Path.Combine(history.Copy, ".mr/offline/objects")));
    }

    [Fact]
    public async Task A_damaged_object_is_named_and_comes_again()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: false);
        (await history.MrAsync("offline", "add", "main")).Succeeds();
        history.User.DropCache();
        string pack = Directory.GetFiles(Path.Combine(history.Copy, ".mr/offline/objects"), "*.pack").Single();
        byte[] bytes = await File.ReadAllBytesAsync(pack, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(pack, bytes, TestContext.Current.CancellationToken);
        await history.Server.KillAsync();

        JsonElement missing = Assert.Single((await VerifyAsync(history, NegativeCode)).GetProperty("missing").EnumerateArray());
        string path = missing.GetProperty("path").GetString()!;
        Assert.Equal(history.IdOf($"main:{path}"), missing.GetProperty("id").GetString());
        await history.Server.RestartAsync();
        (await history.MrAsync("offline", "update")).Succeeds();
        Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_declaration_stays_at_its_commit_until_it_is_updated()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: false);
        (await history.MrAsync("offline", "add", "main", "app")).Succeeds();
        (await history.MrAsync("offline", "add", "HEAD", "docs/page1")).Succeeds();
        history.Write("app/main.txt", "mine\n");
        (await history.MrAsync("commit", "-m", "mine")).Succeeds();
        string mine = (await history.MrAsync("rev-parse", "main")).Succeeds().Text.Trim();
        JsonElement listed = Operator.Parse((await history.MrAsync("offline", "list", "--json")).Succeeds());
        Assert.All(listed.EnumerateArray(), d => Assert.Equal((history.IdOf("main"), mine), (d.GetProperty("commit").GetString(), d.GetProperty("now").GetString())));

        (await history.MrAsync("offline", "update", "main")).Succeeds();
        listed = Operator.Parse((await history.MrAsync("offline", "list", "--json")).Succeeds());
        Assert.Equal([mine, history.IdOf("main")], listed.EnumerateArray().Select(d => d.GetProperty("commit").GetString()));

        // Nothing names the commit now but the declaration.
        (await history.MrAsync("switch", "-c", "other", "main~1")).Succeeds();
        (await history.MrAsync("branch", "-D", "main")).Succeeds();
        File.Delete(Path.Combine(history.Copy, ".mr/operations"));
        (await history.MrAsync("gc", "--config", "gc.keepDays=0")).Succeeds();
        Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
        Assert.Equal("mine\n", (await history.MrAsync("cat", $"{mine}:app/main.txt")).Succeeds().Text);
        (await history.MrAsync("offline", "remove", "main")).Succeeds();
        (await history.MrAsync("gc", "--config", "gc.keepDays=0")).Succeeds();
        (await history.MrAsync("cat", $"{mine}:app/main.txt")).ExitsWith(NotFoundCode);
    }

    [Fact]
    public async Task A_killed_add_or_remove_leaves_what_was_declared_whole()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: false);
        Random random = new(23);
        string[][] changes = [["add", "main"], ["add", "main~3", "lib"], ["add", "main~2"], ["update"], ["remove", "main~2"], ["remove", "main"]];
        for (int kill = 0; kill < Kills; kill++)
        {
            if (random.Next(3) == 0)
                history.User.DropCache();
            await history.User.KillInAsync(history.Copy, random.Next(1, 40), ["offline", .. changes[random.Next(changes.Length)]]);
            Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
        }

        (await history.MrAsync("offline", "add", "main")).Succeeds();
        history.User.DropCache();
        await history.Server.KillAsync();
        Assert.True((await VerifyAsync(history, 0)).GetProperty("ok").GetBoolean());
        Assert.Equal(history.Git.Text("show", "main:lib/deep/part7"), (await history.MrAsync("cat", "main:lib/deep/part7")).Succeeds().Text);
    }

    private static async Task<JsonElement> VerifyAsync(DeclaredHistory history, int code) => Operator.Parse((await history.MrAsync("offline", "verify", "--json")).ExitsWith(code));

    private static long OfflineBytes(DeclaredHistory history)
    {
        return Directory.GetFiles(Path.Combine(history.Copy, ".mr/offline/objects"), "*.pack").Sum(f => new FileInfo(f).Length);
    }
}
