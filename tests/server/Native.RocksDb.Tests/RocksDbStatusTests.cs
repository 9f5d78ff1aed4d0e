namespace Monorepo.Native.RocksDb.Tests;

public sealed class RocksDbStatusTests
{
    [Theory]
    [InlineData("NotFound: ", RocksDbErrorKind.NotFound)]
    [InlineData("Corruption: block checksum mismatch: stored = 1, computed = 2", RocksDbErrorKind.Corruption)]
    [InlineData("IO error: While open a file for appending: /x: Permission denied", RocksDbErrorKind.IOError)]
    [InlineData("IO error: No space left on device: While appending to file: /x: No space left on device", RocksDbErrorKind.NoSpace)]
    [InlineData("IO error: Space limit reached: ", RocksDbErrorKind.NoSpace)]
    [InlineData("IO error: No such file or directory: While mkdir: /x: No such file or directory", RocksDbErrorKind.PathNotFound)]
    [InlineData("IO error: While lock file: /x/LOCK: Resource temporarily unavailable", RocksDbErrorKind.LockHeld)]
    [InlineData("IO error: lock hold by current process, acquire time 1 acquiring thread 2: /x/LOCK: No locks available", RocksDbErrorKind.LockHeld)]
    [InlineData("Resource busy: ", RocksDbErrorKind.Busy)]
    [InlineData("Operation aborted: Memory limit reached: Insert failed due to LRU cache being full.", RocksDbErrorKind.MemoryLimit)]
    [InlineData("Operation aborted: ", RocksDbErrorKind.Aborted)]
    [InlineData("Invalid argument: /x: does not exist (create_if_missing is false)", RocksDbErrorKind.InvalidArgument)]
    [InlineData("Operation failed. Try again.: ", RocksDbErrorKind.TryAgain)]
    [InlineData("something Corruption: else", RocksDbErrorKind.Unknown)]
    [InlineData("", RocksDbErrorKind.Unknown)]
    public void The_kind_comes_from_the_leading_words(string text, RocksDbErrorKind expected) =>
        Assert.Equal(expected, RocksDbStatus.ParseKind(text));
}
