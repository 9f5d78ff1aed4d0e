using System.Text;
using Monorepo.Workspace.Tests;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>A git repository, a clone of its commits, and mr run in it beside git. Shared by tests, which only read.</summary>
public abstract class ComparedHistory : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private int _caches;

    internal GitRepository Git { get; private set; } = null!;

    internal string CloneDirectory => _directory.File("clone");

    /// <summary>The object cache of the next commands.</summary>
    internal string CacheDirectory => _directory.File($"cache{_caches}");

    public async ValueTask InitializeAsync()
    {
        Git = CreateGit();
        await CloneAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Git?.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the next commands start with an empty object cache.</summary>
    internal void EmptyCache() => _caches++;

    /// <summary>Runs mr in the clone.</summary>
    internal async Task<(int Code, byte[] Output)> RunAsync(params string[] arguments)
    {
        using MemoryStream output = new();
        Surroundings surroundings = new(CacheDirectory, _directory.File("ignore"), CloneDirectory, ForceGrpc: true)
        {
            OpenOutput = () => new KeptOpen(output),
        };
        int code = await CommandLine.RunAsync(surroundings, arguments, TestContext.Current.CancellationToken);
        return (code, output.ToArray());
    }

    /// <summary>Fails unless mr prints what git prints for the same arguments.</summary>
    internal Task SameAsync(params string[] arguments) => SameAsync(arguments, arguments);

    /// <summary>Fails unless mr prints what git prints.</summary>
    internal async Task SameAsync(string[] mr, string[] git)
    {
        (int code, byte[] ours) = await RunAsync(mr);
        byte[] gits = Git.Bytes(git);
        Assert.True(code == 0, $"mr {string.Join(' ', mr)} ended with {code}.");
        if (!ours.AsSpan().SequenceEqual(gits))
        {
            int at = ours.AsSpan().CommonPrefixLength(gits);
            Assert.Fail($"mr {string.Join(' ', mr)} and git {string.Join(' ', git)} part at byte {at}.\n--- mr\n{Around(ours, at)}\n--- git\n{Around(gits, at)}");
        }
    }

    private protected abstract GitRepository CreateGit();

    /// <summary>Makes the clone in <see cref="CloneDirectory"/>.</summary>
    private protected abstract Task CloneAsync();

    /// <summary>Ends what <see cref="CloneAsync"/> started.</summary>
    private protected virtual ValueTask StopAsync() => ValueTask.CompletedTask;

    private static string Around(byte[] text, int at)
    {
        int start = Math.Max(0, at - 400);
        return Encoding.UTF8.GetString(text.AsSpan(start, Math.Min(text.Length - start, 700)));
    }

    private sealed class KeptOpen(MemoryStream to) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
    }
}
