using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Core;
using Monorepo.History.Paths;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Requests;

/// <summary>Finds the repository a request names, or says in the call's status what to do about it. Thread-safe.</summary>
/// <param name="engine">The caller's.</param>
/// <param name="paths">The caller's; null makes one that tells no log.</param>
public sealed class RepositoryDirectory(IStorageEngine engine, PathIndexKeeper? paths = null)
{
    public IStorageEngine Engine { get; } = engine;

    /// <summary>Whoever appends to a repository's log tells it.</summary>
    public PathIndexKeeper Paths { get; } = paths ?? new PathIndexKeeper(NullLogger<PathIndexKeeper>.Instance);

    /// <exception cref="RpcException">INVALID_ARGUMENT: the rules a name follows.</exception>
    public static RepositoryName ParseName(string text)
    {
        try
        {
            return RepositoryName.Parse(text);
        }
        catch (FormatException e)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, e.Message);
        }
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT or NOT_FOUND.</exception>
    public async ValueTask<IRepository> OpenAsync(string name, CancellationToken cancellationToken)
    {
        RepositoryName parsed = ParseName(name);
        return await Engine.OpenAsync(parsed, cancellationToken) ?? throw Unknown(parsed);
    }

    /// <summary>NOT_FOUND, with the way to create the repository.</summary>
    public static RpcException Unknown(RepositoryName name) => new(
        RpcStatusCode.NotFound,
        $"this server has no repository '{name}'. 'mr-admin import' creates one from a git repository (AdminService.OpenRepository with create); HistoryService.ListRepositories names those that are here.");
}
