using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Tests;
using Monorepo.Workspace.Tests.Remote;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary>A history whose server has all of it.</summary>
public abstract class ServedHistory : ComparedHistory
{
    private KestrelServer? _server;

    private protected override async Task CloneAsync()
    {
        _server = await KestrelServer.StartAsync(Git);
        await using RemoteRepository remote = new(_server.Url);
        (await Clone.CreateAsync(remote, CloneDirectory, null, TestContext.Current.CancellationToken)).Dispose();
    }

    private protected override ValueTask StopAsync() => _server is null ? ValueTask.CompletedTask : _server.DisposeAsync();
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

/// <summary>Renames of every kind.</summary>
public sealed class ServedRenames() : ServedHistory
{
    private protected override GitRepository CreateGit() => GitRepository.Copy(null, RenameTangle.Generate(seed: 8, commits: 400));
}

/// <summary>Renames of files that every file system can hold.</summary>
public sealed class ServedFileRenames() : ServedHistory
{
    private protected override GitRepository CreateGit() => GitRepository.Copy(null, RenameTangle.Generate(seed: 12, commits: 200, links: false));
}
