using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Histories;

/// <summary>A history in git, imported, served, and cloned with its newest version checked out: made once for the tests that only read.</summary>
public abstract class ServedHistory(string? bundle, int seed) : IAsyncLifetime
{
    /// <summary>The repository's name on the server.</summary>
    public const string Name = "history";

    private readonly TemporaryFolder _folder = new("mr-e2e-");

    internal GitRepository Git { get; private set; } = null!;

    internal MonorepoServer Server { get; private set; } = null!;

    internal User User { get; } = new();

    internal string Url => Server.UrlOf(Name);

    /// <summary>The clone.</summary>
    internal string Copy => User.PathTo("copy");

    internal string Data => Scratch("data");

    internal static async Task ImportAsync(GitRepository git, string data)
    {
        using ProgramRun import = ProgramRun.Start(
            Programs.Admin, git.FullPath, new Dictionary<string, string>(StringComparer.Ordinal), "import", git.FullPath, "--repo", Name, "--data", data);
        (await import.FinishAsync()).Succeeds();
    }

    /// <summary>A path that goes with the fixture.</summary>
    internal string Scratch(string name) => Path.Combine(_folder.FullPath, name);

    public virtual async ValueTask InitializeAsync()
    {
        Git = GitRepository.Create(Scratch("git"), bundle, seed);
        await ImportAsync(Git, Data);
        Server = await MonorepoServer.StartAsync(Data);
        (await User.RunAsync("clone", Url, Copy)).Succeeds();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        User.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Every oddity in a few commits.</summary>
public sealed class OddHistory() : ServedHistory(bundle: null, seed: 1);

/// <summary>3,000 commits of C#; without the bundle, a generated history.</summary>
public sealed class VfsForGitHistory() : ServedHistory(RepositoryRoot.Bundle("vfsforgit"), seed: 2);

/// <summary>14,000 commits of several languages; without the bundle, a generated history.</summary>
public sealed class WatchmanHistory() : ServedHistory(RepositoryRoot.Bundle("watchman"), seed: 3);
