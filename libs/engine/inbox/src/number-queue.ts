/** First in, first out, of numbers: a backlog of a million takes eight megabytes. */
export class NumberQueue {
  #numbers: number[] = [];
  #first = 0;

  get size(): number {
    return this.#numbers.length - this.#first;
  }

  push(number: number): void {
    this.#numbers.push(number);
  }

  shift(): number | undefined {
    const number = this.#numbers[this.#first];
    if (number === undefined) return undefined;
    this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#numbers.length) {
      this.#numbers = this.#numbers.slice(this.#first);
      this.#first = 0;
    }
    return number;
  }
}
