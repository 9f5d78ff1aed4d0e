using Monorepo.Formats.Protos;

namespace Monorepo.Workspace.Paths;

/// <summary>What a server knows of paths. Each call is one round trip with a deadline; failures come as <see cref="Remote.RemoteException"/>.</summary>
public interface IPathHistorySource
{
    /// <summary>Changes of paths, newest first. The repository's name is filled in. Nothing in the answer was verified.</summary>
    IAsyncEnumerable<PathHistoryBlock> GetPathHistoryAsync(GetPathHistoryRequest request, CancellationToken cancellationToken);

    /// <summary>What a path names in given commits. The repository's name is filled in.</summary>
    Task<GetPathEntriesResponse> GetPathEntriesAsync(GetPathEntriesRequest request, CancellationToken cancellationToken);

    /// <summary>A directory's entries with their newest changes. The repository's name is filled in.</summary>
    Task<GetLastModifiedResponse> GetLastModifiedAsync(GetLastModifiedRequest request, CancellationToken cancellationToken);
}
