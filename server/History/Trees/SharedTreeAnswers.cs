using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Storage;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Trees;

/// <summary>
/// Answers <c>GetTrees</c>; requests of the same bytes that come while an answer is under way read that one, so that a thousand clients
/// that check out one commit cost the store one walk. A request joins while the answer's first batch is still kept. Thread-safe.
/// </summary>
internal sealed class SharedTreeAnswers
{
    /// <summary>Answers that others may join; a request beyond them is answered by itself. With <see cref="SharedTreeAnswer.KeptBatchesMax"/> this bounds the memory.</summary>
    public const int AnswersMax = 32;

    /// <summary>Larger requests, of thousands of holes, are hardly ever asked twice.</summary>
    private const int RequestBytesMax = 64 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<ByteString, SharedTreeAnswer> _answers = [];

    /// <summary>Writes the trees that a request asks for.</summary>
    /// <exception cref="RpcException">The request's fault, as <see cref="TreeWalk"/> finds it.</exception>
    public async Task WriteAsync(IObjectStore store, GetTreesRequest request, IRpcStreamWriter<ObjectBatch> output, CancellationToken cancellationToken)
    {
        TreeQuery query = TreeQuery.Parse(request);
        if (request.CalculateSize() > RequestBytesMax || Join(request.ToByteString(), store, query) is not { } joined)
        {
            await TreeWalk.WriteAsync(store, query, output, cancellationToken);
            return;
        }

        SentTrees sent = new();
        bool isWhole;
        using (joined)
        {
            isWhole = await joined.CopyAsync(output, sent, cancellationToken);
        }

        if (!isWhole)
        {
            await TreeWalk.WriteAsync(store, query, new ResumingWriter(output, sent), cancellationToken);
        }
    }

    private SharedTreeAnswer.Reader? Join(ByteString key, IObjectStore store, TreeQuery query)
    {
        lock (_lock)
        {
            if (_answers.TryGetValue(key, out SharedTreeAnswer? running) && running.TryJoin() is { } joined)
            {
                return joined;
            }

            if (_answers.Count >= AnswersMax)
            {
                return null;
            }

            SharedTreeAnswer answer = new();
            SharedTreeAnswer.Reader first = answer.TryJoin()!;
            _answers[key] = answer;
            answer.Start(store, query, () => Forget(key, answer));
            return first;
        }
    }

    private void Forget(ByteString key, SharedTreeAnswer answer)
    {
        lock (_lock)
        {
            // A later answer may have taken the place of one that nobody could join any more.
            if (_answers.TryGetValue(key, out SharedTreeAnswer? current) && current == answer)
            {
                _answers.Remove(key);
            }
        }
    }
}
