namespace Monorepo.Storage;

/// <summary>A batch over managed arrays; null entries are absent.</summary>
public sealed class ArrayObjectBatch(IReadOnlyList<byte[]?> envelopes) : ObjectBatch
{
    public override int Count => envelopes.Count;

    public override ReadOnlySpan<byte> this[int index] => envelopes[index];

    public override bool IsPresent(int index) => envelopes[index] is not null;
}
