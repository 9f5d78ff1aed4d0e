using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Care;

/// <summary>fsck, doctor, gc and full disks with real programs.</summary>
[Collection(nameof(OddHistory))]
public sealed class Upkeep(OddHistory served) : IDisposable
{
    private const int NegativeCode = 1;
    private const int ConflictCode = 4;
    private const int DiskCode = 6;
    private const int CorruptCode = 7;

    private readonly User _user = new();

    private string Copy => _user.PathTo("copy");

    public void Dispose() => _user.Dispose();

    [Fact]
    public async Task A_damaged_history_is_found_and_mended_as_fsck_says()
    {
        await CloneAsync();
        (await _user.RunInAsync(Copy, "fsck")).Succeeds();
        string pieces = Directory.GetFiles(Path.Combine(Copy, ".mr/history")).Where(f => Path.GetFileName(f) == "segments" || Path.GetFileName(f).StartsWith("tail-", StringComparison.Ordinal)).MaxBy(f => new FileInfo(f).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(pieces);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(pieces, bytes);

        ProgramResult fsck = (await _user.RunInAsync(Copy, "fsck", "--no-cache")).ExitsWith(CorruptCode);
        Assert.Contains("Remove the folder '.mr/history' and run 'mr pull'", fsck.Text, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(Copy, ".mr/history"), recursive: true);
        (await _user.RunInAsync(Copy, "pull")).Succeeds();
        (await _user.RunInAsync(Copy, "fsck")).Succeeds();
    }

    [Fact]
    public async Task A_damaged_cached_content_is_found_and_fetched_again()
    {
        await CloneAsync();
        string pack = Directory.GetFiles(Path.Combine(_user.Cache, "objects"), "*.pack").Single();
        byte[] bytes = await File.ReadAllBytesAsync(pack);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(pack, bytes);

        JsonElement report = JsonDocument.Parse((await _user.RunInAsync(Copy, "fsck", "--json")).ExitsWith(CorruptCode).Text).RootElement;
        Assert.False(report.GetProperty("ok").GetBoolean());
        Assert.Equal(1, report.GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("part").GetString() == "cache").GetProperty("damaged").GetInt32());
        (await _user.RunInAsync(Copy, "fsck")).Succeeds();
        (await _user.RunInAsync(Copy, "prefetch")).Succeeds();
        (await _user.RunInAsync(Copy, "checkout", "--force")).Succeeds();
        Assert.Equal(served.Git.TreeOf(served.Copy), served.Git.TreeOf(Copy));
    }

    [Fact]
    public async Task The_doctor_finds_all_well_and_says_what_is_not()
    {
        await CloneAsync();
        Dictionary<string, string> findings = await DoctorAsync(0);
        Assert.Equal("ok", findings["server"]);
        Assert.Equal("ok", findings["clock"]);
        Assert.Equal("ok", findings["cache"]);
        Assert.Equal("ok", findings["settings"]);
        Assert.Equal("warn", findings["watcher"]);

        // Bound and not listening: nobody else gets the port.
        using System.Net.Sockets.Socket taken = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        (await _user.RunInAsync(Copy, "config", "set", "blobs", $"http://{taken.LocalEndPoint}")).Succeeds();
        Assert.Equal("warn", (await DoctorAsync(0))["edge"]);
        (await _user.RunInAsync(Copy, "remote", "set-url", $"http://{taken.LocalEndPoint}/history")).Succeeds();
        findings = await DoctorAsync(NegativeCode);
        Assert.Equal("fail", findings["server"]);
        Assert.Equal("ok", findings["cache"]);
    }

    [Fact]
    public async Task Gc_removes_what_nothing_names_and_nothing_else()
    {
        await CloneAsync();
        await IdentifyAsync();
        (await _user.RunInAsync(Copy, "checkout", "HEAD~0")).Succeeds();
        (await _user.RunInAsync(Copy, "commit", "--allow-empty", "-m", "left behind")).Succeeds();
        string left = (await _user.RunInAsync(Copy, "rev-parse", "HEAD")).Text.Trim();
        (await _user.RunInAsync(Copy, "checkout", "main")).Succeeds();
        (await _user.RunInAsync(Copy, "commit", "--allow-empty", "-m", "kept")).Succeeds();
        string kept = (await _user.RunInAsync(Copy, "rev-parse", "HEAD")).Text.Trim();

        // Too young.
        Assert.DoesNotContain(left, (await _user.RunInAsync(Copy, "gc")).Succeeds().Text, StringComparison.Ordinal);
        (await _user.RunInAsync(Copy, "rev-parse", left)).Succeeds();

        // 'mr undo' goes back to it, as long as its operation is known.
        Assert.DoesNotContain(left, (await _user.RunInAsync(Copy, "gc", "--config", "gc.keepDays=0")).Succeeds().Text, StringComparison.Ordinal);
        File.Delete(Path.Combine(Copy, ".mr", "operations"));
        Assert.Contains(left, (await _user.RunInAsync(Copy, "gc", "--dry-run", "--config", "gc.keepDays=0")).Succeeds().Text, StringComparison.Ordinal);
        (await _user.RunInAsync(Copy, "rev-parse", left)).Succeeds();
        Assert.Contains(left, (await _user.RunInAsync(Copy, "gc", "--config", "gc.keepDays=0")).Succeeds().Text, StringComparison.Ordinal);
        Assert.NotEqual(0, (await _user.RunInAsync(Copy, "show", left)).ExitCode);
        Assert.Equal(kept, (await _user.RunInAsync(Copy, "rev-parse", "main")).Succeeds().Text.Trim());
        (await _user.RunInAsync(Copy, "fsck")).Succeeds();
    }

    [Fact]
    public async Task Gc_beside_commits_loses_none()
    {
        await CloneAsync();
        await IdentifyAsync();
        int made = 0;
        for (int i = 0; i < 6; i++)
        {
            using ProgramRun commit = _user.StartIn(Copy, "commit", "--allow-empty", "-m", $"number {i}");
            using ProgramRun gc = _user.StartIn(Copy, "gc", "--config", "gc.keepDays=0");
            ProgramResult committed = await commit.FinishAsync();
            Assert.True((await gc.FinishAsync()).ExitCode is 0 or ConflictCode);
            Assert.True(committed.ExitCode is 0 or ConflictCode, committed.Errors);
            made += committed.ExitCode == 0 ? 1 : 0;
        }

        Assert.Contains($"[ahead {made}]", (await _user.RunInAsync(Copy, "status", "--porcelain", "-b")).Succeeds().Text, StringComparison.Ordinal);
        (await _user.RunInAsync(Copy, "fsck")).Succeeds();
    }

    [Fact]
    public async Task A_full_disk_is_told_and_loses_nothing()
    {
        await CloneAsync();
        await IdentifyAsync();
        string script = $"""
            mount -t tmpfs -o size=24m tmpfs '{_user.PathTo("small")}'
            cp -a '{Copy}/.' '{_user.PathTo("small")}/'
            cd '{_user.PathTo("small")}'
            echo one > first; '{Programs.Client}' commit -m first first
            before=$('{Programs.Client}' rev-parse HEAD)
            head -c 3000000 /dev/urandom > large
            cat /dev/zero > fill 2>/dev/null || true
            set +e; '{Programs.Client}' commit -m second large; code=$?; set -e
            echo "code $code"
            test "$('{Programs.Client}' rev-parse HEAD)" = "$before"
            '{Programs.Client}' fsck --no-cache
            rm fill
            '{Programs.Client}' commit -m second large
            '{Programs.Client}' fsck --no-cache
            test "$('{Programs.Client}' rev-parse HEAD^)" = "$before"
            """;
        Directory.CreateDirectory(_user.PathTo("small"));
        ProgramResult result = await _user.RunProgramAsync(_user.Folder, "unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script);
        if (result.Errors.Contains("unshare failed", StringComparison.Ordinal) || result.Errors.Contains("mount:", StringComparison.Ordinal))
        {
            Assert.Skip("This system lets nobody mount a small file system.");
        }

        result.Succeeds();
        Assert.Contains($"code {DiskCode}\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("Make room on the disk", result.Errors, StringComparison.Ordinal);
    }

    private async Task CloneAsync() => (await _user.RunAsync("clone", served.Url, Copy)).Succeeds();

    private async Task IdentifyAsync()
    {
        (await _user.RunAsync("config", "--user", "set", "user.name", "Dev Eloper")).Succeeds();
        (await _user.RunAsync("config", "--user", "set", "user.email", "dev@example.com")).Succeeds();
    }

    private async Task<Dictionary<string, string>> DoctorAsync(int code)
    {
        string text = (await _user.RunInAsync(Copy, "doctor", "--json")).ExitsWith(code).Text;
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .GroupBy(e => e.GetProperty("subject").GetString()!).ToDictionary(g => g.Key, g => g.Last().GetProperty("verdict").GetString()!);
    }
}
