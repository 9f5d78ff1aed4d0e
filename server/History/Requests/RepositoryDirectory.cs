using Monorepo.Core;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Requests;

/// <summary>Finds the repository a request names, or says in the call's status what to do about it. Thread-safe.</summary>
public sealed class RepositoryDirectory(IStorageEngine engine)
{
    public IStorageEngine Engine { get; } = engine;

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
