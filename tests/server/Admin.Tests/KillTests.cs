using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Monorepo.Core;
using Monorepo.Import.Tests;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;
using Monorepo.Testing.Git;

namespace Monorepo.Admin.Tests;

/// <summary>A real mr-admin is stopped in the midst of its work, and the next run makes everything right.</summary>
public sealed class KillTests : IDisposable
{
    private const int Kills = 10;
    private const int GeneratedCommits = 4_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly SourceRepository _source = new();

    public void Dispose() => _source.Dispose();

    private string Data => _source.Beside("data");

    [Fact]
    public async Task Killed_ten_times_at_random_it_still_ends_with_the_same_repository()
    {
        string source = MakeLongHistory();
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        long lengthBefore = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Start(source);

            // Half of the kills hit start and listing, half the writing. One that ends first leaves the rest runs with nothing to do.
            bool whileWriting = kill % 2 == 0;
            if (whileWriting)
                await WaitForWritingAsync(process);
            if (!process.WaitForExit(random.Next(0, whileWriting ? 1_800 : 400)))
                process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            long length = await AssertWholeAsync(source);
            Assert.True(length >= lengthBefore, $"seed {seed}: the log shrank from {lengthBefore} to {length} commits");
            TestContext.Current.TestOutputHelper?.WriteLine($"kill {kill}: {length} commits in the log");
            lengthBefore = length;
        }

        using Process last = Start(source);
        Assert.True(last.WaitForExit(Deadline), "the import did not end");
        Assert.True(last.ExitCode == 0, $"seed {seed}: {await last.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Data });
        await ImportAssert.SameAsync(source, (await engine.OpenAsync(RepositoryName.Parse("app"), default))!);
    }

    [Fact]
    public async Task An_interrupt_stops_it_in_order_with_its_exit_code()
    {
        string source = MakeLongHistory();
        using Process process = Start(source);

        // The first line of progress: it is at work, and its handler is in place.
        Assert.NotNull(await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        using (Process signal = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await signal.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.WaitForExit(Deadline), "it did not stop");
        string errors = await process.StandardError.ReadToEndAsync();
        Assert.True((ExitCode)process.ExitCode == ExitCode.Interrupted, errors);
        Assert.Contains("Run the same command again", errors, StringComparison.Ordinal);
        await AssertWholeAsync(source);
    }

    private static async Task WaitForWritingAsync(Process process)
    {
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.Contains(" commits, ", StringComparison.Ordinal))
        {
        }
    }

    private Process Start(string source)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host, ["exec", typeof(AdminCommandLine).Assembly.Location, "import", source, "--repo", "app", "--data", Data])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    /// <summary>What the log holds is complete at any moment, and refs are the source's or not there yet.</summary>
    private async Task<long> AssertWholeAsync(string source)
    {
        if (!Directory.Exists(Data))
            return 0;
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Data });
        if (await engine.OpenAsync(RepositoryName.Parse("app"), default) is not { } repository)
            return 0;
        long length = await repository.History.GetLengthAsync(default);
        if (length > 0)
        {
            LogEntry last = (await repository.History.ReadAsync(length - 1, 1, int.MaxValue, default))[0];
            byte[] listed = SourceRepository.Run(source, default, ["ls-tree", "-r", "-t", "--format=%(objecttype) %(objectname)", last.Id.ToString()]);
            ObjectId[] ids = [.. Encoding.ASCII.GetString(listed).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(static line => !line.StartsWith("commit", StringComparison.Ordinal)).Select(static line => ObjectId.Parse(line.Split(' ')[1]))];
            Assert.All(await repository.Objects.ContainsAsync(ids, default), Assert.True);
        }

        if ((await repository.Refs.ReadAsync(default)).Refs.Count > 0)
            await ImportAssert.SameRefsAsync(source, repository);
        return length;
    }

    private string MakeLongHistory()
    {
        if (RepositoryRoot.Bundle("vfsforgit") is { } bundle)
        {
            _source.Git("clone", "-q", "--mirror", bundle, _source.Beside("mirror"));
            return _source.Beside("mirror");
        }

        var random = new Random(5);
        var stream = new StringBuilder();
        for (int i = 0; i < GeneratedCommits; i++)
        {
            string content = string.Concat(Enumerable.Range(0, 60).Select(_ => $"{random.Next()}\n"));
            stream.Append($"commit refs/heads/main\ncommitter T <t@example.org> {1_600_000_000 + i} +0000\ndata 1\nx\n");
            stream.Append($"M 100644 inline d{random.Next(20)}/f{random.Next(50)}\ndata {content.Length}\n{content}\n");
        }

        _source.Run(Encoding.ASCII.GetBytes(stream.ToString()), "fast-import", "--quiet");
        return _source.Path;
    }
}
