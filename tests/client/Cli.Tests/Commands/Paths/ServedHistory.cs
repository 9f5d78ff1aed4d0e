using System.Text;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Tests;
using Monorepo.Workspace.Tests.Remote;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary>A git repository, a server that holds all of it, and a clone of its commits. Shared by tests, which only read.</summary>
public abstract class ServedHistory : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private KestrelServer? _server;
    private int _caches;

    internal GitRepository Git { get; private set; } = null!;

    internal string CloneDirectory => _directory.File("clone");

    public async ValueTask InitializeAsync()
    {
        Git = CreateGit();
        _server = await KestrelServer.StartAsync(Git);
        await using RemoteRepository remote = new(_server.Url);
        (await Clone.CreateAsync(remote, CloneDirectory, null, TestContext.Current.CancellationToken)).Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Git?.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the next commands start with an empty object cache.</summary>
    internal void EmptyCache() => _caches++;

    /// <summary>Runs mr in the clone, or in a directory below it.</summary>
    internal async Task<(int Code, byte[] Output)> RunAsync(string[] arguments, string below = "")
    {
        using MemoryStream output = new();
        Surroundings surroundings = new(_directory.File($"cache{_caches}"), _directory.File("ignore"), Path.Combine(CloneDirectory, below), ForceGrpc: true)
        {
            OpenOutput = () => new KeptOpen(output),
        };
        int code = await CommandLine.RunAsync(surroundings, arguments, TestContext.Current.CancellationToken);
        return (code, output.ToArray());
    }

    /// <summary>Fails unless mr prints what git prints for the same arguments.</summary>
    internal Task SameAsync(params string[] arguments) => SameAsync(arguments, arguments);

    /// <inheritdoc cref="SameAsync(string[])"/>
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

    private static string Around(byte[] text, int at)
    {
        int start = Math.Max(0, at - 300);
        return Encoding.UTF8.GetString(text.AsSpan(start, Math.Min(text.Length - start, 600)));
    }

    private sealed class KeptOpen(MemoryStream to) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
    }
}

/// <summary>The history of a bundle; absent where the bundle is.</summary>
public abstract class ServedBundle(string name) : ServedHistory
{
    private protected override GitRepository CreateGit()
    {
        string? bundle = Testing.Git.RepositoryRoot.Bundle(name);
        if (bundle is null)
        {
            Assert.Skip($"The bundle '{name}' is not beside the repository.");
        }

        return GitRepository.Copy(bundle);
    }
}

public sealed class ServedWatchman() : ServedBundle("watchman");

public sealed class ServedVfsForGit() : ServedBundle("vfsforgit");

/// <summary>Merges that take from either side, the same change on both sides, files that become directories, paths that go and come back.</summary>
public sealed class ServedPathTangle : ServedHistory
{
    private protected override GitRepository CreateGit() => GitRepository.Copy(null, PathTangle.Generate(seed: 5, commits: 700));
}
