using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Clones;

/// <summary>How far a download of history is.</summary>
/// <param name="Commits">Received and verified, those that were here before included.</param>
/// <param name="CommitsTotal">What the server has.</param>
/// <param name="BytesReceived">Of this download.</param>
public readonly record struct HistoryProgress(long Commits, long CommitsTotal, long BytesReceived);

/// <summary>
/// Receives what the server's log has after ours. Runs are decoded and hashed by several workers and appended in order. What was
/// received stays, however the download ends, and a lost connection is taken up again from there.
/// </summary>
internal sealed class HistoryReceiver(IRemoteRepository remote, string directory, IProgress<HistoryProgress>? progress)
{
    // Attempts that brought nothing, one after the other.
    private const int FruitlessAttemptsMax = 3;

    // Each is about a megabyte decoded.
    private const int RunsInFlightMax = 4;

    private long _bytes;

    /// <returns>The server's head; its epoch is the log's unless the history was rebuilt, and then nothing was received.</returns>
    public async Task<HistoryHead> ReceiveAsync(CancellationToken cancellationToken)
    {
        int fruitless = 0;
        while (true)
        {
            int before = ReadState().Commits;
            try
            {
                return await ReceiveOnceAsync(cancellationToken);
            }
            catch (RemoteException e) when (e.IsTransient)
            {
                fruitless = ReadState().Commits > before ? 0 : fruitless + 1;
                if (fruitless == FruitlessAttemptsMax)
                {
                    throw;
                }
            }
        }
    }

    private HistoryState ReadState() => HistoryState.Load(new HistoryFiles(directory).State);

    private async Task<HistoryHead> ReceiveOnceAsync(CancellationToken cancellationToken)
    {
        HistoryState state = ReadState();
        await using IAsyncEnumerator<ReadHistoryResponse> parts = remote.ReadHistoryAsync(state.Commits == 0 ? 0 : state.Epoch, state.Commits, cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await parts.MoveNextAsync() || parts.Current.Head is not { } head)
        {
            throw new RemoteException(RemoteError.Broken, "The server's history does not begin with its head.");
        }

        if (state.Commits > 0 && head.Epoch != state.Epoch)
        {
            return head;
        }

        using CommitLogWriter writer = new(directory, head.Epoch);
        Queue<Task<VerifiedRun>> verifying = new();
        try
        {
            while (await parts.MoveNextAsync())
            {
                if (parts.Current.Run is not { } run)
                {
                    throw new RemoteException(RemoteError.Broken, "The server sent a second head.");
                }

                _bytes += run.Bodies.Length;
                remote.Stats.AddReceived(run.Count, run.Bodies.Length);
                remote.Stats.AddTransport("grpc");
                verifying.Enqueue(Task.Run(() => VerifiedRun.From(run), CancellationToken.None));
                if (verifying.Count > RunsInFlightMax)
                {
                    await AppendAsync(writer, verifying, head);
                }
            }

            while (verifying.Count > 0)
            {
                await AppendAsync(writer, verifying, head);
            }
        }
        catch (Exception e) when (e is RemoteException or OperationCanceledException)
        {
            // What came before the cut is whole: the next attempt goes on behind it.
            while (verifying.Count > 0)
            {
                await AppendAsync(writer, verifying, head);
            }

            throw;
        }
        finally
        {
            writer.Checkpoint();
        }

        return (ulong)writer.Count >= head.Length
            ? head
            : throw new RemoteException(RemoteError.Broken, $"The server announced {head.Length} commits and sent {writer.Count}.");
    }

    private async Task AppendAsync(CommitLogWriter writer, Queue<Task<VerifiedRun>> verifying, HistoryHead head)
    {
        writer.Append(await verifying.Dequeue());
        progress?.Report(new HistoryProgress(writer.Count, (long)head.Length, _bytes));
    }

    /// <summary>The refs of a head.</summary>
    /// <exception cref="RemoteException">A name or id is none.</exception>
    public static RefSet ToRefSet(ListRefsResponse refs)
    {
        try
        {
            RefName? branch = refs.DefaultBranch.Length == 0 ? null : RefName.Parse(refs.DefaultBranch);
            return RefSet.Create(refs.Offset, branch, refs.Refs.Select(r =>
                new RefEntry(RefName.Parse(r.Name), new ObjectId(r.Target.Span), r.Peeled.IsEmpty ? null : new ObjectId(r.Peeled.Span))));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new RemoteException(RemoteError.Broken, $"The server sent refs that are none: {e.Message}", e);
        }
    }
}
