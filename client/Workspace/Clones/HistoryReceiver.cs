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
        // Opening mends what a power loss took, so it comes before the position is told.
        using CommitLogWriter writer = new(directory);
        await using IAsyncEnumerator<ReadHistoryResponse> parts = remote.ReadHistoryAsync(writer.Count == 0 ? 0 : writer.Epoch, writer.Count, cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await parts.MoveNextAsync() || parts.Current.Head is not { } head)
        {
            throw new RemoteException(RemoteError.Broken, "The server's history does not begin with its head.");
        }

        if (writer.Count > 0 && head.Epoch != writer.Epoch)
        {
            return head;
        }

        using CommitLog before = CommitLog.Open(directory);
        RunEncoder encoder = new(before);
        writer.Begin(head.Epoch, (long)Math.Min(head.Length, long.MaxValue));
        try
        {
            await using SegmentPipeline pipeline = new(writer, commits => progress?.Report(new HistoryProgress(commits, (long)head.Length, Interlocked.Read(ref _bytes))));
            while (await parts.MoveNextAsync())
            {
                if (parts.Current.Run is not { } run)
                {
                    throw new RemoteException(RemoteError.Broken, "The server sent a second head.");
                }

                Interlocked.Add(ref _bytes, run.Bodies.Length);
                remote.Stats.AddReceived(run.Count, run.Bodies.Length);
                remote.Stats.AddTransport("grpc");
                foreach (ReadOnlyMemory<byte> segment in encoder.Encode(run))
                {
                    await pipeline.AddAsync(segment, cancellationToken);
                }
            }

            await pipeline.CompleteAsync();
        }
        finally
        {
            // However it ends, what came whole stays.
            writer.Checkpoint();
        }

        return (ulong)writer.Count >= head.Length
            ? head
            : throw new RemoteException(RemoteError.Broken, $"The server announced {head.Length} commits and sent {writer.Count}.");
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
