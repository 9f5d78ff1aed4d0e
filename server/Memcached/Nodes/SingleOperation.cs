using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>A set, a delete or a no-op: one request, one answer, kept in <see cref="Status"/>.</summary>
internal sealed class SingleOperation(ArraySegment<byte> request, SingleOperation.Kind kind) : NodeOperation(request)
{
    internal enum Kind
    {
        Set,
        Delete,
        NoOp,
    }

    /// <summary>Meaningful after completion with true.</summary>
    public MetaStatus Status { get; private set; }

    protected override bool AcceptOpen(in MetaResponse response)
    {
        bool expected = (kind, response.Status) switch
        {
            (Kind.Set, MetaStatus.Done or MetaStatus.NotStored or MetaStatus.ServerError) => true,
            (Kind.Delete, MetaStatus.Done or MetaStatus.NotFound or MetaStatus.Exists or MetaStatus.ServerError) => true,
            (Kind.NoOp, MetaStatus.NoOp) => true,
            _ => false,
        };
        if (!expected)
            throw new MetaProtocolException("A command was answered with an answer of another command.");
        Status = response.Status;
        return true;
    }
}
