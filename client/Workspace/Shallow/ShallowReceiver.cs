using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Shallow;

/// <summary>Asks a server for some commits, again where the connection is lost: there are few, so that a cut answer is asked for as a whole.</summary>
/// <param name="remote">The repository; stays the caller's.</param>
/// <param name="progress">Told after each part.</param>
internal sealed class ShallowReceiver(IRemoteRepository remote, IProgress<HistoryProgress>? progress)
{
    /// <exception cref="CloneException"><see cref="CloneError.TooFarBehind"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed.</exception>
    /// <exception cref="History.CorruptHistoryException">What came is not what was asked for.</exception>
    public Task<ShallowAnswer> ReceiveAsync(CommitsQuery query, CancellationToken cancellationToken) =>
        remote.Retries.RunAsync(() => ReceiveOnceAsync(query, cancellationToken), cancellationToken);

    private async Task<ShallowAnswer> ReceiveOnceAsync(CommitsQuery query, CancellationToken cancellationToken)
    {
        try
        {
            await using IAsyncEnumerator<ReadCommitsResponse> parts = remote.ReadCommitsAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (!await parts.MoveNextAsync() || parts.Current.Head is not { } head)
            {
                throw new RemoteException(RemoteError.Broken, "The server's commits do not begin with their head.");
            }

            ShallowAnswer answer = new(query, head);
            long bytes = 0;
            while (await parts.MoveNextAsync())
            {
                if (parts.Current.Commits is not { } part)
                {
                    throw new RemoteException(RemoteError.Broken, "The server sent something else than commits.");
                }

                answer.Add(part);
                int size = parts.Current.CalculateSize();
                bytes += size;
                remote.Stats.AddReceived(FetchKind.History, part.Commits.Count, size);
                remote.Stats.AddTransport("grpc", FetchKind.History);
                remote.Budget.Spend(size);

                // How many will come nobody knows before they are there.
                progress?.Report(new HistoryProgress(answer.Commits.Count, answer.Commits.Count, bytes));
            }

            return answer;
        }
        catch (RemoteException e) when (e.InnerException is RpcException { StatusCode: RpcStatusCode.OutOfRange })
        {
            throw new CloneException(CloneError.TooFarBehind, e.Message, e);
        }
    }
}
