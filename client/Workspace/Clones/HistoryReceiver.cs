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
/// Receives what the server's log has after ours. What was received stays, however the download ends, and a lost connection is taken
/// up again from there: behind the last part of a segment that came whole.
/// </summary>
/// <param name="remote">The repository; stays the caller's.</param>
/// <param name="directory">The clone's <c>history</c> directory.</param>
/// <param name="known">The refs that are here; null: none.</param>
/// <param name="progress">Told after each segment.</param>
internal sealed class HistoryReceiver(IRemoteRepository remote, string directory, RefSet? known, IProgress<HistoryProgress>? progress)
{
    // Attempts that brought nothing, one after the other.
    private const int FruitlessAttemptsMax = 3;

    private readonly HistoryFiles _files = new(directory);
    private long _bytes;

    /// <returns>The server's head; its epoch is the log's unless the history was rebuilt, and then nothing was received.</returns>
    public async Task<HistoryHead> ReceiveAsync(CancellationToken cancellationToken)
    {
        int fruitless = 0;
        int retries = 0;
        while (true)
        {
            long before = _bytes;
            try
            {
                return await ReceiveOnceAsync(cancellationToken);
            }
            catch (RemoteException e) when (e.IsTransient)
            {
                fruitless = _bytes > before ? 0 : fruitless + 1;
                retries = _bytes > before ? 0 : retries;
                if (fruitless >= FruitlessAttemptsMax)
                {
                    if (!remote.Retries.Allows(retries, e))
                    {
                        throw;
                    }

                    await remote.Retries.WaitAsync(retries++, e, cancellationToken);
                }
            }
        }
    }

    /// <summary>As <see cref="ReceiveAsync"/>, where nothing here names positions yet: what an earlier try brought goes if the server's history was rebuilt since.</summary>
    public async Task<HistoryHead> ReceiveFirstAsync(CancellationToken cancellationToken)
    {
        HistoryHead head = await ReceiveAsync(cancellationToken);
        if (head.Epoch == HistoryState.Load(_files.State).Epoch || head.Length == 0)
        {
            return head;
        }

        Directory.Delete(directory, recursive: true);
        return await ReceiveAsync(cancellationToken);
    }

    private async Task<HistoryHead> ReceiveOnceAsync(CancellationToken cancellationToken)
    {
        // Opening mends what a power loss took, so it comes before the position is told.
        using CommitLogWriter writer = new(directory);
        PartialSegment? held = PartialSegment.Take(_files.Part, writer.Epoch, writer.Count);
        HistoryQuery query = new(writer.Epoch, writer.Count, held?.ToMessage(), writer.Epoch == 0 ? null : known?.Offset);
        await using IAsyncEnumerator<ReadHistoryResponse> answer = remote.ReadHistoryAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await answer.MoveNextAsync() || answer.Current.Head is not { } head)
        {
            throw new RemoteException(RemoteError.Broken, "The server's history does not begin with its head.");
        }

        if (writer.Count > 0 && head.Epoch != writer.Epoch)
        {
            return head;
        }

        writer.Begin(head.Epoch, (long)Math.Min(head.Length, long.MaxValue));
        SegmentAssembler assembler = new(writer.Count, held);
        try
        {
            await using SegmentPipeline pipeline = new(writer, commits => progress?.Report(new HistoryProgress(commits, (long)head.Length, Interlocked.Read(ref _bytes))));
            while (await answer.MoveNextAsync())
            {
                if (answer.Current.Segment is not { } part)
                {
                    throw new RemoteException(RemoteError.Broken, "The server sent something else than a part of a segment.");
                }

                ReadOnlyMemory<byte>? segment = assembler.Add(part);
                Interlocked.Add(ref _bytes, part.Data.Length);
                remote.Stats.AddReceived(FetchKind.History, segment is null ? 0 : part.Count, part.Data.Length);
                remote.Stats.AddTransport("grpc", FetchKind.History);
                if (segment is { } whole)
                {
                    await pipeline.AddAsync(whole, cancellationToken);
                }

                remote.Budget.Spend(part.Data.Length);
            }

            await pipeline.CompleteAsync();
        }
        finally
        {
            // However it ends, what came whole stays, and what came of the next segment, if all before it is here.
            writer.Checkpoint();
            if (assembler.Rest is { } rest && rest.Position == writer.Count)
            {
                rest.Save(_files.Part, head.Epoch);
            }
        }

        return (ulong)writer.Count >= head.Length
            ? head
            : throw new RemoteException(RemoteError.Broken, $"The server announced {head.Length} commits and sent {writer.Count}.");
    }
}
