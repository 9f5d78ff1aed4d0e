using FsCheck;
using FsCheck.Fluent;
using Monorepo.Core;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests.Layout;

public sealed class RefUpdateValueTests
{
    private static readonly Gen<ObjectId?> s_id = Gen.Choose(0, 255).Select(static n =>
        n < 64 ? (ObjectId?)null : new ObjectId([.. Enumerable.Repeat((byte)n, ObjectId.Size)]));

    private static readonly Gen<RefChange> s_change =
        from number in Gen.Choose(0, 9_999)
        from text in Gen.Elements("a", "é", "名前", "\U0001F600", new string('x', 900))
        from expected in s_id
        from target in s_id
        from peeled in s_id
        select new RefChange(RefName.Parse($"refs/heads/{text}{number}"), expected, target, peeled);

    [Fact]
    public void An_update_reads_back_as_it_was_written() =>
        Prop.ForAll(s_change.ListOf().ToArbitrary(), Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), static (changes, time) =>
        {
            RefUpdate update = RefUpdateValue.Decode(7, RefUpdateValue.Encode(time, changes));
            return update.Offset == 7 && update.UnixMilliseconds == time && update.Changes.SequenceEqual(changes);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_truncation_and_every_appended_byte_is_refused_as_corrupt()
    {
        ObjectId id = new(new byte[ObjectId.Size]);
        byte[] whole = RefUpdateValue.Encode(1, [new RefChange(RefName.Parse("refs/heads/a"), id, id, id), new RefChange(RefName.Parse("refs/heads/b"), null, null)]);
        for (int length = 0; length < whole.Length; length++)
            AssertCorrupt(whole[..length]);
        AssertCorrupt([.. whole, 0]);
    }

    [Fact]
    public void Unknown_flags_bad_names_and_absurd_counts_are_refused_as_corrupt()
    {
        byte[] whole = RefUpdateValue.Encode(1, [new RefChange(RefName.Parse("refs/heads/a"), null, null)]);
        AssertCorrupt(With(whole, 12, 8));
        AssertCorrupt(With(whole, 15, (byte)' '));
        AssertCorrupt(With(whole, 15, 0xff));
        AssertCorrupt(With(whole, 8, 0xff));

        static byte[] With(byte[] bytes, int index, byte value)
        {
            byte[] copy = [.. bytes];
            copy[index] = value;
            return copy;
        }
    }

    private static void AssertCorrupt(byte[] value)
    {
        StorageException error = Assert.Throws<StorageException>(() => RefUpdateValue.Decode(1, value));
        Assert.Equal(StorageFailure.Corrupt, error.Failure);
    }
}
